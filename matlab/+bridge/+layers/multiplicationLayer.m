function y = multiplicationLayer(layer, varargin)
    % MULTIPLICATIONLAYER  The product of the inputs, element by element.
    %
    %   y = bridge.layers.multiplicationLayer(layer, x1, x2, ...), all of one size.

    y = varargin{1};
    for k = 2:numel(varargin)
        if ~isequal(size(y), size(varargin{k}))
            error('bridge:forward:layer', 'layer ''%s'' multiplies inputs of different sizes', layer.Name);
        end
        y = y .* varargin{k};
    end
end
